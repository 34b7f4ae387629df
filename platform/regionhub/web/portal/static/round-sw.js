// Lets the page of a round open without a network, sends what waits, and leaves nothing behind at sign-out.
// What it keeps of pages is the empty frame of one; lists and entries are in round-store.js.
"use strict";
const CACHE = "regionhub-round", SHELL = "/giessen/unterwegs", PATIENCE = 4000;

const keepShell = async (shell) => {
  const text = await shell.clone().text();
  const wanted = [...text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((found) => found[1].replaceAll("&amp;", "&"));
  const cache = await caches.open(CACHE);
  const there = (await cache.keys()).map((request) => new URL(request.url)).map((url) => url.pathname + url.search);
  await cache.addAll(wanted.filter((path) => !there.includes(path)));
  await cache.put(SHELL, shell);
  for (const path of there) if (path !== SHELL && !wanted.includes(path)) await cache.delete(path);
};
const openShell = async (event) => {
  try {
    const shell = await fetch(event.request, { signal: AbortSignal.timeout(PATIENCE) });
    if (shell.ok) event.waitUntil(keepShell(shell.clone()));
    return shell;
  } catch (error) {
    const kept = await caches.match(SHELL);
    if (kept) return kept;
    throw error;
  }
};
const asset = async (request) => (await caches.match(request)) ?? fetch(request);
const signOut = async (request) => {
  const said = await roundStore.flush();
  const left = await roundStore.unsettled(), owner = (await roundStore.kept("list"))?.owner;
  // entries of somebody else, or of a session that ended, stay for who made them
  const theirs = said === "other" || said === "signed-out" || (left.length && left.every((one) => !roundStore.isWaiting(one) && one.owner !== owner));
  if (!theirs && left.length) return Response.redirect(SHELL + "?abmelden=1", 303);
  const answer = await fetch(request);
  await (theirs ? roundStore.forgetKept() : roundStore.wipe());
  return answer;
};
// whoever signs in gets the own list; entries stay, each for who made it
const signIn = async (request) => {
  const answer = await fetch(request);
  await roundStore.forgetKept();
  return answer;
};

addEventListener("install", (event) => event.waitUntil(
  fetch(SHELL).then((shell) => (shell.ok ? keepShell(shell) : Promise.reject(new Error(shell.status)))).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("sync", (event) => event.waitUntil(roundStore.flush()));
addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (origin !== location.origin) return;
  if (method === "POST" && pathname === "/abmelden") event.respondWith(signOut(event.request));
  else if (method === "POST" && pathname === "/anmelden") event.respondWith(signIn(event.request));
  else if (method === "GET" && mode === "navigate" && pathname === SHELL) event.respondWith(openShell(event));
  else if (method === "GET" && pathname.startsWith("/static/")) event.respondWith(asset(event.request));
});
