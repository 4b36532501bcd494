// Affinda's official JavaScript client against a Docstage; prints what it saw as JSON.
// node affinda.mjs MODULES URL KEY FILE; whose certificate to trust says NODE_EXTRA_CA_CERTS.

import { createReadStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [modules, url, key, file] = process.argv.slice(2);
const require = createRequire(path.join(modules, "package.json"));
const { AffindaAPI, AffindaCredential } = require("@affinda/affinda");

const client = (token, endpoint = url) =>
  new AffindaAPI(new AffindaCredential(token), { endpoint });
const api = client(key);

async function refused(call) {
  try {
    await call();
  } catch (error) {
    return { name: error.name, status: error.statusCode, details: error.details, message: error.message };
  }
  return null;
}

const [organization] = await api.getAllOrganizations();
const workspace = await api.createWorkspace({ organization: organization.identifier, name: "npm" });
const place = { workspace: workspace.identifier };

const streamed = await api.createDocument({ ...place, file: createReadStream(file) });
const buffered = await api.createDocument({
  ...place,
  file: readFileSync(file),
  fileName: "buffered.pdf",
  customIdentifier: "b-1",
  wait: "false",
  documentType: "dt_receipt",
});
const compact = await api.createDocument({ ...place, file: readFileSync(file), compact: "true" });
const page = await api.getAllDocuments({ ...place, limit: 2, ordering: ["-created_dt", "file_name"] });
const named = await api.getAllDocuments({ customIdentifier: "b-1" });
const updated = await api.updateDocument(streamed.meta.identifier, {
  customIdentifier: "s-1",
  isConfirmed: true,
});
await api.deleteDocument(compact.meta.identifier);

console.log(
  JSON.stringify({
    organization: organization.identifier,
    streamed: streamed.meta,
    buffered: buffered.meta,
    compact: compact.data,
    count: page.count,
    listed: page.results.map((it) => it.meta.identifier),
    more: page.next,
    named: named.results.map((it) => it.meta.identifier),
    updated: updated.meta,
    types: (await api.getDocumentTypes()).map((it) => it.identifier),
    gone: await refused(() => api.getDocument(compact.meta.identifier)),
    nothing: await refused(() => api.createDocument(place)),
    stranger: await refused(() => client("f".repeat(40)).getAllOrganizations()),
    plain: await refused(() => client(key, url.replace("https:", "http:")).getAllOrganizations()),
  }),
);
