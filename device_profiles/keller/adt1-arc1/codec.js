// KELLER ADT1 and ARC1 with LoRa. Multi-byte values are big-endian, floats IEEE 754.
//
// Function 1, measurements: connection type, channel mask, one float per active channel
// Function 12, device information: class, firmware, serial number, clock, battery, humidity

// Which quantity a channel number stands for is said by the connection type: the mapping table of the maker
// (docs.kolibricloud.ch, cloud-interfaces/api/channels). "pd" is a difference of pressures: P1-PBaro or P1-P2.
// Only the row that is asked for is made: what stands outside of functions is made anew for each frame.
function channelsOf(connection) {
  switch (connection) {
    case 0:
    case 1:
      return ["pd", "p1", "p2", "t", "tob1", "tob2"];
    case 2:
    case 3:
      return ["pd", "p1", "p2", "t", "tob1", "tob2", "pbaro", "tbaro"];
    case 4:
    case 5:
      return ["pd", "p1", "p2", "t", "tob1", "tob2", "pbaro", "tbaro", "volt_1", "volt_2"];
    case 6:
      return ["pd", "p1", "p2", "t", "tob1", "tob2", "pbaro", "tbaro", "volt_1", "volt_2", "p1_2", "p1_3", "p1_4",
        "p1_5", "counter"];
    case 7:
      return [null, "pbaro", "tbaro", "volt_1", "volt_2", "sdi_1", "sdi_2", "sdi_3", "sdi_4", "sdi_5", "sdi_6", "sdi_7",
        "sdi_8", "sdi_9", "sdi_10"];
    case 8:
      return ["p1", "tob1", "p1_2", "tob1_2", "p1_3", "tob1_3", "p1_4", "tob1_4", "p1_5", "tob1_5", "volt_1", "volt_2",
        "pbaro", "tbaro", "counter"];
    case 9:
    case 10:
      return ["pd", "p1", "p2", "t_conductivity", "tob1", "tob2", "pbaro", "tbaro", "volt_1", "volt_2", "conductivity",
        "conductivity_raw"];
    case 11:
      return ["p1", "tob1", "conductivity", "t_conductivity", "p1_2", "tob1_2", "conductivity_2", "t_conductivity_2",
        "p1_3", "tob1_3", "conductivity_3", "t_conductivity_3", "pbaro", "tbaro", "counter"];
    case 12:
      return ["pd", "p1", "p2", "t_conductivity", "tob1", "tob2", "pbaro", "tbaro", "volt_1", "volt_2", "flow_rate",
        "flow_pressure", "flow_units", "flow_supply", "counter"];
    case 13:
      return ["p1", "p2", "tob1", "tob2", "p1_2", "p2_2", "tob1_2", "tob2_2", "pbaro", "tbaro", "volt_1", "volt_2",
        "counter"];
  }
}

function put(data, name, view, at) {
  var value = view.getFloat32(at);
  if (isFinite(value)) {
    data[name] = value;
  } else {
    data[name] = null;
    data[name + "_problem"] =
      view.getUint32(at) === 0xffffffff ? "channel error (0xFFFFFFFF, not a number)" : "not a number";
  }
}

// The pressure of the water above the probe. A probe that hangs on a tube to the open air (vented) tells it itself; of
// all others the pressure of the air has to be taken away.
function addWaterColumn(data, channels, probe, vented) {
  var name = "water_column";
  if (probe === "p1" && !vented && channels.indexOf("pd") >= 0) {
    if (!("pd" in data)) return;
    data[name] = data.pd;
    if (data.pd_problem) data[name + "_problem"] = data.pd_problem;
    return;
  }
  if (!(probe in data)) return;
  if (vented) data[name] = data[probe];
  else if (typeof data.pbaro === "number" && data[probe] !== null) data[name] = data[probe] - data.pbaro;
  else if (data[probe] === null || data.pbaro === null) data[name] = null;
  else return;
  var problem = data[probe + "_problem"] || (!vented && data.pbaro_problem);
  if (problem) data[name + "_problem"] = problem;
}

function measurements(view, variables) {
  var length = view.byteLength;
  if (length < 4) return { errors: ["frame has " + length + " bytes, its head alone has 4"] };
  var connection = view.getUint8(1);
  var channels = channelsOf(connection);
  if (!channels) return { errors: ["unknown connection type " + connection] };
  var mask = view.getUint16(2);
  var data = { connection_type: connection };
  var warnings = [];
  var at = 4;
  for (var channel = 0; channel < 16; channel++) {
    if (((mask >> channel) & 1) === 0) continue;
    if (at + 4 > length) return { errors: ["frame ends before channel " + (channel + 1)] };
    if (channels[channel]) put(data, channels[channel], view, at);
    else warnings.push("unknown channel " + (channel + 1));
    at += 4;
  }
  if (at < length) warnings.push("bytes after the end of the frame");
  addWaterColumn(data, channels, variables.water_column, variables.vented);
  return { data: data, warnings: warnings };
}

function information(view) {
  var length = view.byteLength;
  if (length < 20) return { errors: ["frame has " + length + " bytes instead of 20"] };
  // The clock runs in local time from the year 2000 and is of no use here.
  var data = {
    device_class: view.getUint8(2) + "." + view.getUint8(3),
    firmware: view.getUint8(4) + "." + view.getUint8(5),
    serial_number: view.getUint32(6),
    battery_percent: view.getUint8(18),
    enclosure_humidity: view.getUint8(19),
  };
  put(data, "battery", view, 14);
  return { data: data, warnings: length > 20 ? ["bytes after the end of the frame"] : [] };
}

function decodeUplink(input) {
  var view = new DataView(new ArrayBuffer(input.bytes.length));
  new Uint8Array(view.buffer).set(input.bytes);
  if (view.byteLength === 0) return { errors: ["frame is empty"] };
  var code = view.getUint8(0);
  if (code === 1) return measurements(view, input.variables);
  if (code === 12) return information(view);
  return { data: {}, warnings: ["function " + code + " carries no measurements we know"] };
}
