// Milesight EM410-RDL: items of channel, type and a little-endian value, up to the end.
//
// 01 75  1 byte    battery in %
// 03 67  2 bytes   temperature of the device in 0.1 degC
// 04 82  2 bytes   distance in mm
// 05 00  1 byte    0 hangs straight, 1 tilted: a tilted radar does not look at the water
// 06 C7  2 bytes   strength of the echo
// 84 82  3 bytes   threshold alarm: distance, code
// 94 82  5 bytes   alarm of a change: distance, change, code
// B4 82  3 bytes   exception: distance or marker, code (0 blind zone left, 1 in the blind zone, 2 no target, 3 fault)
// 20 CE  11 bytes  stored reading: Unix time, distance, temperature, change, events
// FF xx            device information, at join and on request

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

// These words stand in place of a distance.
var PROBLEMS = { 0xffff: "sensor fault", 0xfffe: "sensor switched off", 0xfffd: "no target" };
var EXCEPTIONS = { 2: "no target", 3: "sensor fault" };

function distance(data, word, blindZone, code) {
  delete data.distance_bound;
  delete data.distance_problem;
  if (code === 1) {
    // The water is nearer than the sensor can see.
    data.distance = blindZone;
    data.distance_bound = "target inside the blind zone";
    return;
  }
  var problem = PROBLEMS[word] || EXCEPTIONS[code];
  data.distance = problem ? null : word;
  if (problem) data.distance_problem = problem;
}

function temperature(data, bytes, at) {
  data.temperature = signed(bytes, at) / 10;
}

function live() {
  return function (data, bytes, at, blindZone) { distance(data, unsigned(bytes, at), blindZone); };
}

var ITEMS = {
  0x0175: { bytes: 1, read: function (data, bytes, at) { data.battery = bytes[at]; } },
  0x0367: { bytes: 2, read: temperature },
  0x0482: { bytes: 2, read: live() },
  0x0500: { bytes: 1, read: function (data, bytes, at) { data.tilted = bytes[at] !== 0; } },
  0x06c7: { bytes: 2, read: function (data, bytes, at) { data.echo = signed(bytes, at) / 100; } },
  0x8482: { bytes: 3, read: live() },
  0x9482: { bytes: 5, read: live() },
  0xb482: {
    bytes: 3,
    read: function (data, bytes, at, blindZone) { distance(data, unsigned(bytes, at), blindZone, bytes[at + 2]); },
  },
  0x20ce: {
    bytes: 11,
    read: function (data, bytes, at, blindZone) {
      var record = { time: unixTime(bytes, at) };
      distance(record, unsigned(bytes, at + 4), blindZone);
      temperature(record, bytes, at + 6);
      (data.history = data.history || []).push(record);
    },
  },
};

function items(bytes, blindZone) {
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
    if (item.read) item.read(data, bytes, at + 2, blindZone);
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

function decodeUplink(input) {
  var answer = items(input.bytes, input.variables.blind_zone);
  var data = answer.data;
  if (data && data.tilted && data.distance !== undefined && !data.distance_problem) {
    data.distance_problem = "device tilted";
    delete data.distance_bound;
  }
  return answer;
}
