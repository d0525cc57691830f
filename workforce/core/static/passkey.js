// Asks the device for a passkey and sends its answer: the one thing that no page can do without a script.
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const withBytes = (keys) => (keys || []).map((key) => ({ ...key, id: toBytes(key.id) }));

async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    },
  });
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response: {
      attestationObject: toText(made.response.attestationObject),
      clientDataJSON: toText(made.response.clientDataJSON),
      transports: made.response.getTransports ? made.response.getTransports() : null,
    },
    extensions: JSON.stringify(made.getClientExtensionResults()),
  };
}

async function get(options) {
  const found = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    },
  });
  return {
    id: found.id,
    rawId: toText(found.rawId),
    type: found.type,
    response: {
      authenticatorData: toText(found.response.authenticatorData),
      clientDataJSON: toText(found.response.clientDataJSON),
      signature: toText(found.response.signature),
      userHandle: found.response.userHandle ? toText(found.response.userHandle) : null,
    },
  };
}

async function ask(form) {
  try {
    const call = form.dataset.passkey === "create" ? create : get;
    form.elements.credential.value = JSON.stringify(await call(JSON.parse(form.dataset.options)));
    form.submit();
  } catch (problem) {
    form.querySelector("[data-passkey-says]").textContent = form.dataset.failed;
  }
}

document.querySelectorAll("form[data-passkey]").forEach(ask);
