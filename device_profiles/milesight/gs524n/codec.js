// Milesight GS524N: versions, kind of sensor and event, battery in %, smoke in %, temperature in degC, checksum. All six
// bytes add up to a multiple of 256.

var EVENTS = {
  1: "alarm", 2: "silenced", 4: "low battery", 5: "fault", 7: "normal", 10: "removed", 11: "installed",
  14: "test", 15: "test, low battery",
};

function decodeUplink(input) {
  var bytes = input.bytes;
  if (bytes.length < 6) return { errors: ["frame has " + bytes.length + " bytes instead of 6"] };
  var sum = 0;
  for (var i = 0; i < 6; i++) sum += bytes[i];
  if (sum % 256 !== 0) return { errors: ["the checksum is wrong"] };
  if (bytes[1] >> 4 !== 1) return { errors: ["kind of sensor " + (bytes[1] >> 4) + " is no smoke alarm"] };
  return {
    data: {
      event: EVENTS[bytes[1] & 0x0f] || "event " + (bytes[1] & 0x0f),
      battery: bytes[2],
      smoke: bytes[3],
      temperature: (bytes[4] << 24) >> 24,
    },
    warnings: bytes.length > 6 ? ["bytes after the end of the frame"] : [],
  };
}
