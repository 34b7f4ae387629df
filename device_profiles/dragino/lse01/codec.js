// Dragino LSE01 and SE01-LB. Multi-byte values are big-endian.
//
// Port 2, 11 bytes: battery, DS18B20, moisture, soil temperature, conductivity, flags
// Port 3, 11 bytes per record: moisture, soil temperature, conductivity, flags, Unix time
// Port 5, 7 bytes: device status
//
// Firmware 1.2 and later use bit 7 of the flags for "raw values", which somebody has to switch on: the moisture word is then
// ten times the dielectric constant and the next two words are counts. In firmware 1.1 the same bit belongs to another
// flag. No single frame tells which of both it is, and a device keeps one meaning: the parameter "firmware" says so.

function unsigned(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

function signed(bytes, at) {
  return (unsigned(bytes, at) << 16) >> 16;
}

function unixTime(bytes, at) {
  return unsigned(bytes, at) * 65536 + unsigned(bytes, at + 2);
}

// The three soil words and the flags, which stand together differently in the two frames.
function soil(bytes, at, flags, firmware) {
  var moisture = unsigned(bytes, at);
  var temperature = signed(bytes, at + 2);
  var conductivity = unsigned(bytes, at + 4);
  var values = {};
  if (firmware === "1.2" && flags & 0x80) {
    values.dielectric_constant = moisture / 10;
    values.raw_moisture = unsigned(bytes, at + 2);
    values.raw_conductivity = conductivity;
  } else {
    values.soil_moisture = moisture / 100;
    values.soil_temperature = temperature / 100;
    values.soil_conductivity = conductivity;
  }
  if (moisture === 0 && temperature === 0 && conductivity === 0) {
    // Bit 4 says that the probe was found. Without it the device itself calls it missing.
    values.soil_problem = flags & 0x10 ? "all values of the soil probe are 0" : "no soil probe";
    if (!(flags & 0x10)) {
      values.soil_moisture = values.soil_temperature = values.soil_conductivity = null;
      if ("dielectric_constant" in values) values.dielectric_constant = null;
    }
  }
  return values;
}

function measurements(bytes, firmware) {
  if (bytes.length < 11) return { errors: ["frame has " + bytes.length + " bytes instead of 11"] };
  var data = soil(bytes, 4, bytes[10], firmware);
  data.battery = (unsigned(bytes, 0) & 0x3fff) / 1000;
  var external = signed(bytes, 2);
  // 0 means that no DS18B20 is fitted. The word is reserved: shown, but no measurement.
  if (external !== 0) data.external_temperature = external / 10;
  data.interrupt = (bytes[10] & 0x0f) !== 0;
  var warnings = bytes.length > 11 ? ["bytes after the end of the frame"] : [];
  if (firmware === "auto" && bytes[10] & 0x80) {
    warnings.push("bit 7 of the flags is read as firmware 1.1 does; raw values need the parameter firmware=1.2");
  }
  return { data: data, warnings: warnings };
}

function storedReadings(bytes, firmware) {
  if (bytes.length === 0 || bytes.length % 11 !== 0) {
    return { errors: ["stored readings have 11 bytes each, the frame has " + bytes.length] };
  }
  var stored = [];
  for (var at = 0; at < bytes.length; at += 11) {
    // Bit 7 of the flags says here that the record was never acknowledged.
    var record = soil(bytes, at, bytes[at + 6] & 0x7f, firmware);
    record.time = unixTime(bytes, at + 7);
    stored.push(record);
  }
  return { data: { stored: stored } };
}

function status(bytes) {
  if (bytes.length < 7) return { errors: ["status frame has " + bytes.length + " bytes instead of 7"] };
  return {
    data: {
      model_code: bytes[0],
      firmware: (bytes[1] & 0x0f) + "." + (bytes[2] >> 4) + "." + (bytes[2] & 0x0f),
      battery: unsigned(bytes, 5) / 1000,
    },
    warnings: bytes[0] === 0x26 ? [] : ["status of another model"],
  };
}

function decodeUplink(input) {
  if (input.fPort === 2) return measurements(input.bytes, input.variables.firmware);
  if (input.fPort === 3) return storedReadings(input.bytes, input.variables.firmware);
  if (input.fPort === 5) return status(input.bytes);
  return { errors: ["unknown port"] };
}
