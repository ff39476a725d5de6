// Tells the conformance run about each call of a client.
"use strict";

const { readSync } = require("node:fs");

/** Tell how a call went, and wait until the run has taken it down. */
function tell(name, error = "") {
  process.stdout.write(`CALL ${JSON.stringify({ name, error })}\n`);
  readSync(0, Buffer.alloc(1));
}

/** Make a call: it went as it should unless something is thrown. Gives what it gave. */
async function call(name, work) {
  let given;
  let error = "";
  try {
    given = await work();
  } catch (thrown) {
    console.error(name, thrown);
    error = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : JSON.stringify(thrown);
  }
  tell(name, error);
  return given;
}

/** Make a call that has to be refused; `fits` looks at the refusal. */
function refused(name, work, fits) {
  return call(`${name} (refused)`, async () => {
    try {
      await work();
    } catch (thrown) {
      if (fits(thrown)) return;
      throw thrown;
    }
    throw new Error("no refusal came");
  });
}

/** What `promise` gives, or an error when that takes too long. */
function within(ms, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

module.exports = { call, refused, tell, within };
