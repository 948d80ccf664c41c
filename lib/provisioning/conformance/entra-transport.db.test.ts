import { beforeAll, describe, expect, test } from "vitest";
import { env } from "@/lib/env";
import { waitForToken } from "@/lib/limits/rate-limit";
import { adapters, type ScimClient } from "@/lib/provisioning/testing/adapters";
import { openWorkspace, patchBody, type TestWorkspace, userBody } from "@/lib/provisioning/testing/fixtures";
import { add, change, expectError, find, nobody, read, resourcesOf, sendBare, urn } from "./support";

// transport and envelope; D-83: the rate. The rule between them is about certificates, which are the proxy's.

const guid = "7f4bd1a5-3c5e-4be1-8f5a-0a3f4e2c9d10";

describe.each(adapters)("%s", (adapter, open) => {
  let workspace: TestWorkspace;
  let scim: ScimClient;
  let people = 0;

  const newName = () => `person${++people}@${workspace.domain}`;
  const addUser = () => add(scim, "/Users", userBody(newName()));
  const bearer = () => ({ authorization: `Bearer ${workspace.token.secret}` });
  const probe = (path: string, name: string) => `${path}?filter=${name}+eq+%22${guid}%22`;

  beforeAll(async () => {
    workspace = await openWorkspace("rt");
    scim = open(workspace.token.secret);
  });

  test("R-01 a GET or DELETE with nothing but Authorization is answered", async () => {
    const { id } = await addUser();
    const paths = ["/Users?count=1", `/Users/${id}`, "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"];
    paths.push(probe("/Users", "userName"), `${probe("/Groups", "displayName")}&excludedAttributes=members`);
    for (const headers of [{}, { accept: "*/*" }, { accept: "text/html" }, { accept: "" }, { adscimversion: "5.0" }]) {
      for (const path of paths) {
        const answer = await sendBare(adapter, "GET", path, { ...bearer(), ...headers });
        expect(answer.status, path).toBe(200);
        expect(JSON.parse(answer.text), path).toHaveProperty("schemas");
      }
    }
    expect(await sendBare(adapter, "DELETE", `/Users/${id}`, bearer())).toMatchObject({ status: 204, text: "" });
    expect((await sendBare(adapter, "GET", `/Users/${id}`, bearer())).status).toBe(404);
  });

  test("R-02 bodies are read as SCIM JSON, with or without charset, and as plain JSON", async () => {
    for (const type of ["application/scim+json", "application/scim+json; charset=utf-8", "application/json"]) {
      const headers = { ...bearer(), "content-type": type };
      const name = newName();
      const made = await sendBare(adapter, "POST", "/Users", headers, JSON.stringify(userBody(name, { title: "Zoë" })));
      expect(made.status, type).toBe(201);
      const { id, title } = JSON.parse(made.text);
      expect(title).toBe("Zoë");
      const patch = JSON.stringify(patchBody({ op: "Replace", path: "title", value: "Ö" }));
      const patched = await sendBare(adapter, "PATCH", `/Users/${id}`, headers, patch);
      expect([patched.status, JSON.parse(patched.text).title], type).toEqual([200, "Ö"]);
      const put = await sendBare(
        adapter,
        "PUT",
        `/Users/${id}`,
        headers,
        JSON.stringify(userBody(name, { title: "Ü" })),
      );
      expect([put.status, JSON.parse(put.text).title], type).toEqual([200, "Ü"]);
    }
  });

  test("R-03 every answer with a body is application/scim+json, errors too", async () => {
    const { id } = await addUser();
    const answers = [
      await scim("GET", "/Users?count=1"),
      await scim("GET", `/Users/${id}`),
      await scim("POST", "/Users", userBody(newName())),
      await scim("PATCH", `/Users/${id}`, patchBody({ op: "Replace", path: "title", value: "T" })),
      await scim("PUT", `/Users/${id}`, userBody(newName())),
      await scim("GET", "/Schemas"),
      await scim("GET", "/Nothing"),
      await scim("GET", "/Users?filter=x"),
      await scim("POST", "/Users", "{"),
      await scim("POST", "/Users", "x", { "content-type": "text/plain" }),
      await scim("PUT", "/Users", {}),
      await scim("DELETE", `/Users/${nobody}`),
      await open(null)("GET", "/Users"),
      await open("wrong")("PATCH", `/Users/${id}`, patchBody()),
      await scim("GET", "/Me"),
    ];
    for (const { headers, body } of answers) {
      expect(headers.get("content-type"), JSON.stringify(body)).toBe("application/scim+json");
    }
  });

  test("R-04 unknown query parameters, valueless ones too, and unknown headers mean nothing", async () => {
    const headers = { adscimversion: "5.0", "x-anything": "1", "client-request-id": guid };
    for (const query of ["aadOptscim062020", "AzureAdScimPatch062020", "aadOptscim062020=&x=1", "&&=&a"]) {
      const made = await scim("POST", `/Users?${query}`, userBody(newName()), headers);
      expect(made.status, query).toBe(201);
      const path = `/Users/${made.body.id}?${query}`;
      expect((await scim("GET", path, undefined, headers)).body).toEqual(made.body);
      const patch = patchBody({ op: "replace", path: "title", value: "T" });
      expect((await scim("PATCH", path, patch, headers)).body).toMatchObject({ title: "T" });
      const filter = `filter=userName+eq+%22${encodeURIComponent(String(made.body.userName))}%22`;
      for (const list of [`/Users?${query}&${filter}`, `/Users?${filter}&${query}`]) {
        expect((await scim("GET", list, undefined, headers)).body, list).toMatchObject({ totalResults: 1 });
      }
      expect((await scim("DELETE", path, undefined, headers)).status).toBe(204);
    }
  });

  test("R-05 plus and %20 are spaces in a filter, %22 a quote and %40 an at sign", async () => {
    const name = newName();
    const { id } = await add(scim, "/Users", userBody(name));
    const value = name.replace("@", "%40");
    for (const filter of [
      `userName+eq+%22${value}%22`,
      `userName%20eq%20%22${value}%22`,
      `userName+eq+"${value}"`,
      `userName%20eq+%22${name}%22`,
    ]) {
      const { status, text } = await sendBare(adapter, "GET", `/Users?filter=${filter}`, bearer());
      expect(status, filter).toBe(200);
      expect(JSON.parse(text), filter).toMatchObject({ totalResults: 1, Resources: [{ id }] });
    }
  });

  test("R-06 nothing redirects or answers HTML; unknown paths are 404 as a SCIM error", async () => {
    const paths = [
      "/Nothing",
      "/Users/x/y",
      "/Users/x",
      "/index.html",
      "/login",
      "/Users.html",
      "/v2/Users",
      "/scim",
      "/Groups/x/members",
    ];
    paths.push("/.well-known/x", "/ServiceProviderConfigs", "/Schema", "/ResourceType", "/Users/%", "/%2e%2e/");
    if (adapter === "server.ts") paths.push("/Users/../Users", "/Users/."); // a Request has no such path
    const requests: [string, string, string?][] = paths.flatMap((path) => [
      ["GET", path],
      ["DELETE", path],
      ["POST", path.replace(/^\/Users\/x$/, "/Nothing"), "{}"], // on an id it would be 405
      ["PUT", path, JSON.stringify(userBody(newName()))],
      ["PATCH", path, JSON.stringify(patchBody())],
    ]);
    for (const [method, path, body] of requests) {
      const headers = { ...bearer(), "content-type": "application/scim+json", accept: "text/html" };
      const answer = await sendBare(adapter, method, path, headers, body);
      expect([method, path, answer.status]).toEqual([method, path, 404]);
      expect(answer.headers.get("location")).toBeNull();
      expect(answer.headers.get("content-type")).toBe("application/scim+json");
      expect(JSON.parse(answer.text)).toMatchObject({
        schemas: [urn.error],
        status: "404",
        detail: expect.any(String),
      });
    }
    for (const path of ["/Users/", "//Users", "/USERS", "/Groups//"]) {
      const answer = await sendBare(adapter, "GET", path, bearer());
      expect([path, answer.status]).toEqual([path, 200]);
    }
  });

  test("R-07 an error has the schema, its status as a text, a detail and its keyword", async () => {
    const { id, userName } = await addUser();
    expectError(await scim("POST", "/Users", userBody(String(userName))), 409, "uniqueness");
    expectError(await scim("POST", "/Users", { schemas: [urn.user] }), 400, "invalidValue");
    expectError(await scim("GET", "/Users?filter=nonsense+eq+%22x%22"), 400, "invalidFilter");
    expectError(
      await scim("PATCH", `/Users/${id}`, patchBody({ op: "Replace", path: "id", value: "x" })),
      400,
      "mutability",
    );
    expectError(await scim("PATCH", `/Users/${id}`, { Operations: [] }), 400, "invalidSyntax");
    expectError(await scim("GET", `/Users/${nobody}`), 404);
    expectError(await open("wrong")("GET", "/Users"), 401);
  });

  test("R-09 bursts of 25 requests are all served, and one caller's rate is not another's", async () => {
    expect(env().MUSTER_SCIM_RATE).toBe(500);
    for (let round = 0; round < 4; round++) {
      const names = Array.from({ length: 25 }, newName);
      const made = await Promise.all(names.map((name) => scim("POST", "/Users", userBody(name))));
      expect(made.map(({ status }) => status)).toEqual(names.map(() => 201));
      const read = await Promise.all(made.map(({ body }) => scim("GET", `/Users/${body.id}`)));
      expect(read.map(({ status }) => status)).toEqual(names.map(() => 200));
    }
    const other = await openWorkspace("rtbusy");
    expect(waitForToken(other.token.id, 1_000)).toBe(0); // the whole of another tenant's burst
    const wrong = open("wrong");
    let refusals = 0;
    for (let n = 0; n < 2_000 && refusals === 0; n++) refusals += Number((await wrong("GET", "/Users")).status === 429);
    expect(refusals).toBe(1); // and this address has sent too many wrong tokens
    const answers = await Promise.all(Array.from({ length: 25 }, () => scim("GET", "/Users?count=1")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  test("R-10 nothing needs If-Match", async () => {
    const { id, userName } = await addUser();
    const titles = Array.from({ length: 6 }, (_, n) => `T${n}`);
    const answers = await Promise.all(
      titles.map((value) => scim("PATCH", `/Users/${id}`, patchBody({ op: "Replace", path: "title", value }))),
    );
    expect(answers.map(({ status }) => status)).toEqual(titles.map(() => 200));
    expect(titles).toContain((await read(scim, `/Users/${id}`)).title);
    expect((await scim("PUT", `/Users/${id}`, userBody(String(userName), { title: "P" }))).status).toBe(200);
    expect(
      await change(scim, `/Users/${id}`, patchBody({ op: "Replace", path: "active", value: "False" })),
    ).toMatchObject({ active: false });
    expect((await scim("DELETE", `/Users/${id}`)).status).toBe(204);
    expect(await find(scim, "/Users", `id eq "${id}"`)).toEqual([]);
  });

  test("R-11 tokens are short, and the word Bearer counts in any case", async () => {
    const { secret } = workspace.token;
    expect(secret.length).toBeLessThanOrEqual(200);
    expect(secret).toMatch(/^[A-Za-z0-9_]+$/);
    for (const scheme of ["Bearer", "bearer", "BEARER", "bEaReR"]) {
      const answer = await open(null)("GET", "/Users?count=1", undefined, { authorization: `${scheme} ${secret}` });
      expect(resourcesOf(answer), scheme).toHaveLength(1);
    }
  });
});
