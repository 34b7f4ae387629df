// BARANI MeteoHelix IoT Pro: 11 bytes, one string of bits, the most significant first.
//
// message type 2 (1), battery 5 (3 V + 0.05 V), temperature 11 (0.1 degC - 100), how far the lowest 6 and the highest
// 6 (0.1 degC) lie from it, humidity 9 (0.2 %), pressure 14 (50000 Pa + 5 Pa), irradiation 10 (2 W/m2), how far the
// highest 9 (2 W/m2) lies above it, clicks of the rain gauge 8 (modulo 256), shortest time between them 8 (182 s / x).
// All bits of a field set: the sensor failed, or there is none.

var NOTHING = "sensor error or not available (all bits set)";

function decodeUplink(input) {
  var bytes = input.bytes;
  if (bytes.length < 11) return { errors: ["frame has " + bytes.length + " bytes instead of 11"] };
  var at = 0;
  function take(length) {
    var value = 0;
    for (var end = at + length; at < end; at++) value = value * 2 + ((bytes[at >> 3] >> (7 - (at & 7))) & 1);
    return value === Math.pow(2, length) - 1 ? null : value;
  }
  var data = {};
  function put(name, value) {
    data[name] = value;
    if (value === null) data[name + "_problem"] = NOTHING;
  }
  // Sums of tenths, so that 12.7 is no 12.699999999999989.
  function tenths(value) {
    return value === null ? null : value / 10;
  }
  if (take(2) !== 1) return { errors: ["message type " + (bytes[0] >> 6) + " is none of the MeteoHelix"] };
  var battery = take(5);
  // The field ends at 4.55 V: a full battery reads the same as none at all.
  data.battery = (300 + 5 * (battery === null ? 31 : battery)) / 100;
  if (battery === null) data.battery_problem = "at the end of its range, or not available";
  var temperature = take(11);
  var below = take(6);
  var above = take(6);
  if (temperature !== null) temperature -= 1000;
  put("temperature", tenths(temperature));
  put("temperature_min", tenths(temperature === null || below === null ? null : temperature - below));
  put("temperature_max", tenths(temperature === null || above === null ? null : temperature + above));
  var humidity = take(9);
  put("humidity", tenths(humidity === null ? null : humidity * 2));
  var pressure = take(14);
  put("pressure", pressure === null ? null : (50000 + 5 * pressure) / 100);
  var irradiance = take(10);
  var more = take(9);
  put("irradiance", irradiance === null ? null : irradiance * 2);
  put("irradiance_max", irradiance === null || more === null ? null : (irradiance + more) * 2);
  put("rain_clicks", take(8));
  var interval = take(8);
  if (interval) data.rain_shortest_interval = 182 / interval;
  return { data: data, warnings: bytes.length > 11 ? ["bytes after the end of the frame"] : [] };
}
