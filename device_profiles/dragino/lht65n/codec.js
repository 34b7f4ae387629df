// Dragino LHT65 and LHT65N. Multi-byte values are big-endian.
//
// Port 2, 11 bytes: battery, temperature, humidity, kind of external sensor, its value
//         of kind 9 (temperature with time): external temperature, temperature, humidity with the grade of the battery,
//         kind, Unix time
//         with bit 6 of the kind set: stored readings of 11 bytes each, in the layout of kind 9
// Port 5, 7 bytes: device status

var NOT_CONNECTED = "external probe not connected (0x7FFF)";

function unsigned(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

function signed(bytes, at) {
  return (unsigned(bytes, at) << 16) >> 16;
}

function unixTime(bytes, at) {
  return unsigned(bytes, at) * 65536 + unsigned(bytes, at + 2);
}

function addExternal(data, word) {
  data.external_temperature = word === 0x7fff ? null : word / 100;
  if (word === 0x7fff) data.external_problem = NOT_CONNECTED;
}

function addAir(data, bytes, at) {
  data.temperature = signed(bytes, at) / 100;
  data.humidity = (unsigned(bytes, at + 2) & 0x0fff) / 10;
}

// External temperature, temperature, humidity, kind and time, of one reading.
function dated(bytes, at, kind) {
  var record = { time: unixTime(bytes, at + 7) };
  addAir(record, bytes, at + 2);
  if (kind === 1 || kind === 2 || kind === 9) addExternal(record, signed(bytes, at));
  return record;
}

function measurements(bytes) {
  if (bytes.length < 11) return { errors: ["frame has " + bytes.length + " bytes instead of 11"] };
  var state = bytes[6];
  var kind = state & 0x0f;
  var warnings = bytes.length > 11 ? ["bytes after the end of the frame"] : [];
  if (state & 0x40) return storedReadings(bytes);
  if (kind === 9) return { data: { stored: [dated(bytes, 0, kind)] }, warnings: warnings };
  var data = { battery: (unsigned(bytes, 0) & 0x3fff) / 1000, battery_grade: bytes[0] >> 6 };
  addAir(data, bytes, 2);
  if (kind === 1 || kind === 2) addExternal(data, signed(bytes, 7));
  else if (kind === 5) data.illuminance = unsigned(bytes, 7);
  else if (kind !== 0) warnings.push("the external sensor of kind " + kind + " is not read");
  return { data: data, warnings: warnings };
}

function storedReadings(bytes) {
  if (bytes.length % 11 !== 0) {
    return { errors: ["stored readings have 11 bytes each, the frame has " + bytes.length] };
  }
  var stored = [];
  for (var at = 0; at < bytes.length; at += 11) stored.push(dated(bytes, at, bytes[at + 6] & 0x0f));
  return { data: { stored: stored } };
}

function status(bytes) {
  if (bytes.length < 7) return { errors: ["status frame has " + bytes.length + " bytes instead of 7"] };
  var warnings = bytes[0] === 0x0b ? [] : ["status of another model"];
  if (bytes.length > 7) warnings.push("bytes after the end of the frame");
  return {
    data: {
      model_code: bytes[0],
      firmware: (bytes[1] & 0x0f) + "." + (bytes[2] >> 4) + "." + (bytes[2] & 0x0f),
      battery: unsigned(bytes, 5) / 1000,
    },
    warnings: warnings,
  };
}

function decodeUplink(input) {
  if (input.fPort === 2) return measurements(input.bytes);
  if (input.fPort === 5) return status(input.bytes);
  return { data: {}, warnings: ["packed readings of port 3 are not read: nobody published their layout"] };
}
