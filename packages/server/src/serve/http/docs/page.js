/** Shows openapi.json to people, and lets them try what changes nothing. */

/** An element with attributes and children; texts stay texts. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const at = (id) => document.getElementById(id);

try {
  show(await (await fetch("openapi.json")).json());
} catch (thrown) {
  at("about").textContent = `The description cannot be read: ${thrown.message}`;
}

function show(description) {
  const { info, tags, paths, servers } = description;
  at("version").textContent = info.version;
  at("about").textContent = info.description;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method, base: servers[0].url })),
  );
  for (const { name } of tags) {
    const id = `group-${name.toLowerCase()}`;
    at("groups").append(make("li", {}, make("a", { href: `#${id}` }, name)));
    const shown = operations.filter((operation) => operation.tags.includes(name));
    const section = make("section", { "aria-labelledby": id }, make("h2", { id }, name));
    section.append(...shown.map((operation) => shownOperation(operation, description)));
    at("operations").append(section);
  }
  openNamed();
  addEventListener("hashchange", openNamed);
}

/** What the address names is opened. */
function openNamed() {
  const named = at(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

function shownOperation(operation, description) {
  const { operationId, method, path, summary } = operation;
  const title = make(
    "summary",
    {},
    make("span", { class: `method ${method}` }, method.toUpperCase()),
    make("code", {}, path),
    make("span", { class: "muted" }, summary),
  );
  const details = make("details", { id: operationId }, title);
  // Schemas are long: they are written out when somebody looks.
  details.addEventListener("toggle", () => details.append(bodyOf(operation, description)), { once: true });
  return details;
}

function bodyOf(operation, description) {
  const { parameters = [], requestBody, responses, method } = operation;
  const body = make("div", { class: "body" });
  if (operation.description) body.append(make("p", {}, operation.description));
  if (parameters.length > 0) body.append(make("h3", {}, "Parameters"), parameterTable(parameters));
  const content = requestBody?.content["application/json"];
  if (content) body.append(make("h3", {}, "Body"), code(typeText(content.schema)));
  if (content?.example !== undefined) body.append(make("h3", {}, "For example"), code(pretty(content.example)));
  body.append(make("h3", {}, "Answers"), ...answersOf(responses, description));
  if (method === "get") body.append(make("h3", {}, "Try it"), tryForm(operation));
  return body;
}

function parameterTable(parameters) {
  const rows = parameters.map(({ name, required, schema, description = "" }) => {
    const standard = schema.default === undefined ? "" : ` = ${schema.default}`;
    return make(
      "tr",
      {},
      make("td", {}, make("code", {}, name), required ? " *" : ""),
      make("td", {}, make("code", {}, `${typeText(schema)}${standard}`)),
      make("td", {}, description),
    );
  });
  const heads = ["Name", "Type", "Meaning"].map((head) => make("th", { scope: "col" }, head));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Parameters" }, table);
}

function answersOf(responses, description) {
  return Object.entries(responses).flatMap(([status, response]) => {
    const known = response.$ref ? description.components.responses[response.$ref.split("/").at(-1)] : response;
    const [[type, { schema }] = ["", {}]] = Object.entries(known.content ?? {});
    const line = make("p", {}, make("strong", {}, status), ` ${known.description}`);
    if (Number(status) >= 400) return [line];
    const data = schema.properties?.data;
    return [line, code(data ? typeText(data) : type)];
  });
}

const code = (text) => make("pre", { tabindex: "0" }, make("code", {}, text));
const pretty = (value) => JSON.stringify(value, null, 2);

/** A schema as one would write the type. */
function typeText(schema, indent = "") {
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map((option) => typeText(option, indent)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `${typeText(schema.items ?? {}, indent)}[]`;
  if (schema.type !== "object") return typeof schema.format === "string" ? schema.format : (schema.type ?? "any");
  if (!schema.properties) return `{ [name]: ${typeText(schema.additionalProperties || {}, indent)} }`;
  const required = schema.required ?? [];
  const lines = Object.entries(schema.properties).map(([name, property]) => {
    const remark = property.description ? `  // ${property.description}` : "";
    return `${indent}  ${name}${required.includes(name) ? "" : "?"}: ${typeText(property, `${indent}  `)}${remark}`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function tryForm(operation) {
  const { operationId, parameters = [] } = operation;
  const form = make("form", {});
  for (const { name, required, schema } of parameters) {
    const id = `${operationId}-${name}`;
    const input = make("input", { id, name, placeholder: schema.examples?.[0] ?? "", autocomplete: "off" });
    input.required = required;
    form.append(make("label", { for: id }, `${name}${required ? " *" : ""}`), input);
  }
  const output = make("div", { "aria-live": "polite" });
  form.append(make("button", { type: "submit" }, "Send"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.replaceChildren(...(await answerTo(operation, new FormData(form))));
  });
  return make("div", {}, form, output);
}

async function answerTo({ base, path, parameters = [] }, given) {
  const query = new URLSearchParams();
  let address = base + path;
  for (const { name, in: place } of parameters) {
    const value = String(given.get(name) ?? "");
    if (place === "path") address = address.replace(`{${name}}`, encodeURIComponent(value));
    else if (value) query.set(name, value);
  }
  const token = at("token").value.trim();
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  try {
    const reply = await fetch(query.size > 0 ? `${address}?${query}` : address, { headers });
    const isJson = reply.headers.get("content-type")?.includes("json");
    const shown = isJson ? code(pretty(await reply.json())) : picture(await reply.blob());
    return [make("p", {}, make("strong", {}, String(reply.status)), ` ${address}`), shown];
  } catch (thrown) {
    return [make("p", {}, `Nothing came back: ${thrown.message}`)];
  }
}

function picture(blob) {
  const image = make("img", { alt: "What came back", width: "480" });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  image.src = URL.createObjectURL(blob);
  return image;
}
