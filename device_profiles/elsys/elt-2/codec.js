// ELSYS ELT-2, ELT-2 HP and ELT Ultrasonic: a type byte and a big-endian value, again and again up to the end. Which
// ones come depends on the settings of the device. There is no length, so nothing can be read after an unknown type.

// Bytes of the value of every type; 0x3E (settings) takes all that follows.
var BYTES = {
  0x01: 2, 0x02: 1, 0x03: 3, 0x04: 2, 0x05: 1, 0x06: 2, 0x07: 2, 0x08: 2, 0x09: 6, 0x0a: 2, 0x0b: 4, 0x0c: 2,
  0x0d: 1, 0x0e: 2, 0x0f: 1, 0x10: 4, 0x11: 1, 0x12: 1, 0x14: 4, 0x15: 2, 0x16: 2, 0x17: 4, 0x18: 2, 0x19: 2, 0x1a: 1,
};

function unsigned(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

function signed(bytes, at) {
  return (unsigned(bytes, at) << 16) >> 16;
}

// Not with shifts alone: they would make a negative number of a counter above 2^31.
function long(bytes, at) {
  return unsigned(bytes, at) * 65536 + unsigned(bytes, at + 2);
}

var READ = {
  0x01: function (data, bytes, at) { data.temperature = signed(bytes, at) / 10; },
  0x02: function (data, bytes, at) { data.humidity = bytes[at]; },
  0x04: function (data, bytes, at) { data.light = unsigned(bytes, at); },
  0x07: function (data, bytes, at) { data.battery = unsigned(bytes, at) / 1000; },
  0x08: function (data, bytes, at) { data.analog_1 = unsigned(bytes, at); },
  0x0a: function (data, bytes, at) { data.pulses_1 = unsigned(bytes, at); },
  0x0b: function (data, bytes, at) { data.pulse_counter_1 = long(bytes, at); },
  0x0c: function (data, bytes, at) { data.external_temperature = signed(bytes, at) / 10; },
  0x0e: function (data, bytes, at) {
    data.distance = unsigned(bytes, at) || null;
    if (data.distance === null) data.distance_problem = "no echo";
  },
  0x12: function (data, bytes, at) { data.leak = bytes[at] !== 0; },
  0x14: function (data, bytes, at) { data.pressure = long(bytes, at) / 1000; },
  0x16: function (data, bytes, at) { data.pulses_2 = unsigned(bytes, at); },
  0x17: function (data, bytes, at) { data.pulse_counter_2 = long(bytes, at); },
  0x18: function (data, bytes, at) { data.analog_2 = unsigned(bytes, at); },
  // Once for each probe on the second line: always a list.
  0x19: function (data, bytes, at) {
    (data.further_temperatures = data.further_temperatures || []).push(signed(bytes, at) / 10);
  },
};

function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort === 6) return { data: {}, warnings: ["settings of the device are no measurements"] };
  if (bytes.length === 0) return { errors: ["frame is empty"] };
  var data = {};
  var at = 0;
  while (at < bytes.length) {
    var type = bytes[at];
    if (type === 0x3e) return { data: data, warnings: ["settings of the device are no measurements"] };
    var length = BYTES[type];
    if (!length) return { data: data, warnings: ["unknown type 0x" + type.toString(16) + ", the rest cannot be read"] };
    if (at + 1 + length > bytes.length) return { errors: ["frame ends inside a value of type 0x" + type.toString(16)] };
    if (READ[type]) READ[type](data, bytes, at + 1);
    at += 1 + length;
  }
  return { data: data };
}
