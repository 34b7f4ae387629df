// Node-RED without its editor: only the flow runs.
module.exports = {
  uiHost: "127.0.0.1",
  uiPort: Number(process.env.BENCH_UI_PORT),
  httpAdminRoot: false,
  credentialSecret: false,
  functionExternalModules: true,
  externalModules: { modules: { allowInstall: false } },
  logging: { console: { level: "warn", metrics: false, audit: false } },
};
