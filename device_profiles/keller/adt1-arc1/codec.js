// KELLER ADT1 and ARC1 with LoRa. Multi-byte values are big-endian, floats IEEE 754.
//
// Function 1, measurements: connection type, channel mask, one float per active channel
// Function 12, device information: class, firmware, serial number, clock, battery, humidity

var CHANNELS = ["pd", "p1", "p2", "t", "tob1", "tob2", "pbaro", "tbaro"];

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

function measurements(view) {
  var length = view.byteLength;
  if (length < 4) return { errors: ["frame has " + length + " bytes, its head alone has 4"] };
  var connection = view.getUint8(1);
  // The connection type says which channel is which; no others are documented.
  if (connection !== 2 && connection !== 3) return { errors: ["unknown connection type " + connection] };
  var mask = view.getUint16(2);
  var data = { connection_type: connection };
  var warnings = [];
  var at = 4;
  for (var channel = 0; channel < 16; channel++) {
    if (((mask >> channel) & 1) === 0) continue;
    if (at + 4 > length) return { errors: ["frame ends before channel " + (channel + 1)] };
    if (CHANNELS[channel]) put(data, CHANNELS[channel], view, at);
    else warnings.push("unknown channel " + (channel + 1));
    at += 4;
  }
  if (at < length) warnings.push("bytes after the end of the frame");
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
  if (code === 1) return measurements(view);
  if (code === 12) return information(view);
  return { data: {}, warnings: ["function " + code + " carries no measurements we know"] };
}
