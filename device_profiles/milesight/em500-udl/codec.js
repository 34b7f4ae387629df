// Milesight EM500-UDL: items of channel, type and a little-endian value, up to the end.
//
// 01 75  1 byte   battery in %
// 03 82  2 bytes  distance in mm
// 83 E9  5 bytes  alarm: distance, change, code. The maker's table has no divisor here, its codec divides by 10
// 20 CE  6 bytes  stored reading: Unix time, distance
// FF xx           device information, at join and on request

var INFO_BYTES = { 0x01: 1, 0x09: 2, 0x0a: 2, 0x0b: 1, 0x0f: 1, 0x16: 8, 0xfe: 1, 0xff: 2 };

function unsigned(bytes, at) {
  return bytes[at] | (bytes[at + 1] << 8);
}

function signed(bytes, at) {
  return (unsigned(bytes, at) << 16) >> 16;
}

function unixTime(bytes, at) {
  return unsigned(bytes, at) + unsigned(bytes, at + 2) * 65536;
}

var ITEMS = {
  0x0175: { bytes: 1, read: function (data, bytes, at) { data.battery = bytes[at]; } },
  0x0382: {
    bytes: 2,
    read: function (data, bytes, at) {
      data.distance = unsigned(bytes, at);
      delete data.distance_problem;
    },
  },
  0x83e9: {
    bytes: 5,
    read: function (data, bytes, at) {
      data.alarm_code = bytes[at + 4];
      if (data.distance !== undefined) return;
      data.distance = unsigned(bytes, at);
      data.distance_problem = "of an alarm, whose unit the maker tells in two ways";
    },
  },
  0x20ce: {
    bytes: 6,
    read: function (data, bytes, at) {
      var record = { time: unixTime(bytes, at), distance: unsigned(bytes, at + 4) };
      (data.history = data.history || []).push(record);
    },
  },
};

function decodeUplink(input) {
  var bytes = input.bytes;
  var data = {};
  var at = 0;
  while (at < bytes.length) {
    var item = bytes[at] === 0xff ? { bytes: INFO_BYTES[bytes[at + 1]] } : ITEMS[unsignedPair(bytes, at)];
    if (at + 1 < bytes.length && (!item || !item.bytes)) {
      // Its length is unknown, so nothing after it can be read.
      return { data: data, warnings: ["unknown item " + hex(bytes[at]) + " " + hex(bytes[at + 1])] };
    }
    if (at + 1 >= bytes.length || at + 2 + item.bytes > bytes.length) {
      return { errors: ["frame ends inside an item"] };
    }
    if (item.read) item.read(data, bytes, at + 2);
    at += 2 + item.bytes;
  }
  return bytes.length > 0 ? { data: data } : { errors: ["frame is empty"] };
}

function unsignedPair(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

function hex(byte) {
  return (byte < 16 ? "0" : "") + byte.toString(16).toUpperCase();
}
