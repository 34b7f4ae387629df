// Dragino LDDS75 and DDS75-LB. Multi-byte values are big-endian.
//
// Port 2, 8 bytes: battery, distance, interrupt, DS18B20, sensor flag
//         5 bytes (firmware before 1.1.4): battery, distance, interrupt
//         4 bytes (firmware before 1.1.4): battery; no ultrasonic sensor
//         more (DDS75-LB, bit 4 of byte 0 set): battery, distance, ..., further distances from
//         byte 8, flags last
// Port 3, 11 bytes per record: battery, distance, DS18B20, flags, Unix time
// Port 5, 7 bytes: device status
// Port 6: distances without times

var NOT_DETECTED = "ultrasonic sensor not detected";
var BLIND_ZONE = 280; // mm
var TOO_CLOSE = "target inside the blind zone of 280 mm";

function unsigned(bytes, at) {
  return (bytes[at] << 8) | bytes[at + 1];
}

function signed(bytes, at) {
  return (unsigned(bytes, at) << 16) >> 16;
}

function unixTime(bytes, at) {
  return unsigned(bytes, at) * 65536 + unsigned(bytes, at + 2);
}

// Below its blind zone the sensor sends 20 or nonsense: the target is nearer than its end, how near nobody knows.
function addDistance(data, distance, detected) {
  if (!detected || distance === 0) {
    data.distance = null;
    data.distance_problem = NOT_DETECTED;
  } else if (distance < BLIND_ZONE) {
    data.distance = BLIND_ZONE;
    data.distance_bound = TOO_CLOSE;
  } else data.distance = distance;
}

// 0 means that no DS18B20 is fitted.
function addExternalTemperature(data, bytes, at) {
  var word = signed(bytes, at);
  if (word !== 0) data.external_temperature = word / 10;
}

function distances(bytes, from, to) {
  var list = [];
  for (var at = from; at + 1 < to; at += 2) list.push(unsigned(bytes, at));
  return list;
}

function measurements(bytes) {
  var length = bytes.length;
  var data = {};
  var warnings = [];
  if (length < 4 || length === 6 || length === 7) {
    return { errors: ["frame has " + length + " bytes instead of 8"] };
  }
  if (length > 8 && bytes[0] & 0x10) {
    data.battery = (unsigned(bytes, 0) & 0x0fff) / 1000;
    addDistance(data, unsigned(bytes, 2), true);
    data.further_distances = distances(bytes, 8, Math.min(length - 1, 48));
    warnings.push("further distances have no times and are not stored");
    return { data: data, warnings: warnings };
  }
  data.battery = (unsigned(bytes, 0) & 0x3fff) / 1000;
  if (length === 4) {
    addDistance(data, 0, false);
    return { data: data };
  }
  addDistance(data, unsigned(bytes, 2), length === 5 || bytes[7] !== 0);
  data.interrupt = bytes[4] !== 0;
  if (length >= 8) addExternalTemperature(data, bytes, 5);
  if (length > 8) warnings.push("bytes after the end of the frame");
  return { data: data, warnings: warnings };
}

function storedReadings(bytes) {
  if (bytes.length === 0 || bytes.length % 11 !== 0) {
    return { errors: ["stored readings have 11 bytes each, the frame has " + bytes.length] };
  }
  var stored = [];
  for (var at = 0; at < bytes.length; at += 11) {
    var record = { battery: (unsigned(bytes, at) & 0x3fff) / 1000 };
    addDistance(record, unsigned(bytes, at + 2), true);
    addExternalTemperature(record, bytes, at + 4);
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
    warnings: bytes[0] === 0x27 ? [] : ["status of another model"],
  };
}

function detectionMode(bytes) {
  return {
    data: { detection_distances: distances(bytes, 0, bytes.length) },
    warnings: ["distances of the detection mode have no times and are not stored"],
  };
}

function decodeUplink(input) {
  if (input.fPort === 2) return measurements(input.bytes);
  if (input.fPort === 3) return storedReadings(input.bytes);
  if (input.fPort === 5) return status(input.bytes);
  if (input.fPort === 6) return detectionMode(input.bytes);
  return { errors: ["unknown port"] };
}
