// Milesight EM500-SMTC: items of channel, type and a little-endian value, up to the end.
//
// 01 75  1 byte    battery in %
// 03 67  2 bytes   soil temperature in 0.1 degC
// 04 68  1 byte    moisture in 0.5 % (older hardware)
// 04 CA  2 bytes   moisture in 0.01 % (newer hardware)
// 05 7F  2 bytes   conductivity in uS/cm
// 83 D7  5 bytes   temperature alarm: temperature, change, code
// 20 CE  10 bytes  stored reading: Unix time, conductivity, temperature, moisture
// FF xx            device information, at join and on request

var INFO_BYTES = { 0x01: 1, 0x09: 2, 0x0a: 2, 0x0b: 1, 0x0f: 1, 0x16: 8, 0xfe: 1, 0xff: 2 };

// These words stand in place of a 16-bit value of the probe.
var PROBLEMS = { 0xffff: "probe could not be read", 0xfffd: "value out of range" };

function unsigned(bytes, at) {
  return bytes[at] | (bytes[at + 1] << 8);
}

function signed(bytes, at) {
  return (unsigned(bytes, at) << 16) >> 16;
}

function unixTime(bytes, at) {
  return unsigned(bytes, at) + unsigned(bytes, at + 2) * 65536;
}

function put(data, name, word, value) {
  var problem = PROBLEMS[word];
  data[name] = problem ? null : value;
  if (problem) data[name + "_problem"] = problem;
  else delete data[name + "_problem"];
}

function temperature(data, bytes, at) {
  data.temperature = signed(bytes, at) / 10;
}

// As temperatures the same words are -0.1 and -0.3 degC. A probe that cannot be read gives nothing else either.
function judgeTemperature(data) {
  var problem = PROBLEMS[(data.temperature * 10) & 0xffff];
  if (!problem || !(data.moisture_problem || data.conductivity_problem)) return;
  data.temperature = null;
  data.temperature_problem = problem;
}

function moisture(data, bytes, at) {
  put(data, "moisture", unsigned(bytes, at), unsigned(bytes, at) / 100);
}

function conductivity(data, bytes, at) {
  put(data, "conductivity", unsigned(bytes, at), unsigned(bytes, at));
}

var ITEMS = {
  0x0175: { bytes: 1, read: function (data, bytes, at) { data.battery = bytes[at]; } },
  0x0367: { bytes: 2, read: temperature },
  0x0468: { bytes: 1, read: function (data, bytes, at) { data.moisture = bytes[at] / 2; } },
  0x04ca: { bytes: 2, read: moisture },
  0x057f: { bytes: 2, read: conductivity },
  0x83d7: {
    bytes: 5,
    read: function (data, bytes, at) {
      temperature(data, bytes, at);
      data.temperature_alarm = { change: signed(bytes, at + 2) / 10, code: bytes[at + 4] };
    },
  },
  0x20ce: {
    bytes: 10,
    read: function (data, bytes, at) {
      var record = { time: unixTime(bytes, at) };
      conductivity(record, bytes, at + 4);
      temperature(record, bytes, at + 6);
      moisture(record, bytes, at + 8);
      judgeTemperature(record);
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
      judgeTemperature(data);
      return { data: data, warnings: ["unknown item " + hex(bytes[at]) + " " + hex(bytes[at + 1])] };
    }
    if (at + 1 >= bytes.length || at + 2 + item.bytes > bytes.length) {
      return { errors: ["frame ends inside an item"] };
    }
    if (item.read) item.read(data, bytes, at + 2);
    at += 2 + item.bytes;
  }
  judgeTemperature(data);
  return bytes.length > 0 ? { data: data } : { errors: ["frame is empty"] };
}

function unsignedPair(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

function hex(byte) {
  return (byte < 16 ? "0" : "") + byte.toString(16).toUpperCase();
}
