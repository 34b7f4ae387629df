// Seeed SenseCAP S2105 (and S2104, which has no conductivity): frames of 7 bytes, then a checksum of two. A frame is a
// channel, an id and a value, both little-endian. Ids above 4096 are measurements in thousandths; about every twentieth
// message begins with a frame of the battery.

var FIELDS = { 4102: "temperature", 4103: "moisture", 4108: "conductivity" };

// CRC-16 as in KERMIT: reflected 0x1021, begins with 0.
function checksum(bytes, end) {
  var crc = 0;
  for (var i = 0; i < end; i++) {
    crc ^= bytes[i];
    for (var bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  return crc;
}

function decodeUplink(input) {
  var bytes = input.bytes;
  var length = bytes.length;
  if (length < 9 || (length - 2) % 7 !== 0) {
    return { errors: ["frame has " + length + " bytes, but frames of 7 and a checksum of 2 make a message"] };
  }
  var data = {};
  var warnings = [];
  // The maker's own guide prints an example with a wrong one.
  if (checksum(bytes, length - 2) !== (bytes[length - 2] | (bytes[length - 1] << 8))) {
    warnings.push("the checksum is wrong");
  }
  for (var at = 0; at < length - 2; at += 7) {
    var id = bytes[at + 1] | (bytes[at + 2] << 8);
    var value = bytes[at + 3] | (bytes[at + 4] << 8) | (bytes[at + 5] << 16) | (bytes[at + 6] << 24);
    if (FIELDS[id]) data[FIELDS[id]] = value / 1000;
    else if (id === 7) {
      data.battery = value & 0xffff;
      data.interval = (value >>> 16) & 0xffff;
    } else if (id === 0x120) data.sensor_removed = true;
    else if (id > 4096) warnings.push("measurement " + id + " is not read");
  }
  return { data: data, warnings: warnings };
}
