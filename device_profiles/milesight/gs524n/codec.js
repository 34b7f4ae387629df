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
  var event = bytes[1] & 0x0f;
  var data = {
    event: EVENTS[event] || "event " + event,
    // Silenced: it still smells smoke.
    alarm: event === 1 || event === 2 ? 1 : 0,
    battery: bytes[2],
    smoke: bytes[3],
    temperature: (bytes[4] << 24) >> 24,
  };
  if (event === 5 || event === 10 || !EVENTS[event]) {
    // Off its base, or with a fault, it does not know whether there is smoke.
    data.alarm = null;
    data.problem = "device reports: " + data.event;
  }
  return { data: data, warnings: bytes.length > 6 ? ["bytes after the end of the frame"] : [] };
}
