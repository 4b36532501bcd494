// One stream of events for all tabs of a browser: more than a few would use up the
// connections that a browser has for a server.
import { listen } from "./live-stream.js";

const ports = new Set();
let stop = null;

function tell(message) {
  for (const port of ports) port.postMessage(message);
}

self.addEventListener("connect", ({ ports: [port] }) => {
  ports.add(port);
  port.addEventListener("message", ({ data }) => {
    if (data !== "bye") return;
    ports.delete(port);
    if (ports.size === 0 && stop) stop = void stop();
  });
  port.start();
  stop ??= listen(tell);
});
