// Milesight EM300-TH: items of channel, type and a little-endian value, up to the end.
//
// 01 75  1 byte   battery in %
// 03 67  2 bytes  temperature in 0.1 degC
// 04 68  1 byte   relative humidity in 0.5 %
// 20 CE  8 bytes  stored reading: Unix time, temperature, humidity, reserved
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

function temperature(data, bytes, at) {
  data.temperature = signed(bytes, at) / 10;
}

function humidity(data, bytes, at) {
  data.humidity = bytes[at] / 2;
}

var ITEMS = {
  0x0175: { bytes: 1, read: function (data, bytes, at) { data.battery = bytes[at]; } },
  0x0367: { bytes: 2, read: temperature },
  0x0468: { bytes: 1, read: humidity },
  0x20ce: {
    bytes: 8,
    read: function (data, bytes, at) {
      var record = { time: unixTime(bytes, at) };
      temperature(record, bytes, at + 4);
      humidity(record, bytes, at + 6);
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
