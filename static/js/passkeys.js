// Forms marked data-passkey: the browser makes or uses a passkey, and its answer goes into the form, which is sent.
// Options come from the page (data-options names a JSON block) or from the server (data-options-from).

const webauthn = globalThis.webauthnJSON;

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
  const response = await fetch(form.dataset.optionsFrom, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error("The server did not answer. Try again.");
  return (await response.json()).request_options;
}

function withoutPassword(options, wanted) {
  options.publicKey.authenticatorSelection = {
    ...options.publicKey.authenticatorSelection,
    residentKey: wanted ? "required" : "discouraged",
    requireResidentKey: wanted,
    ...(wanted ? { userVerification: "required" } : {}),
  };
  return options;
}

async function answer(form) {
  const options = await optionsOf(form);
  if (form.dataset.passkey === "add") {
    return webauthn.create(withoutPassword(options, form.elements.passwordless?.checked ?? false));
  }
  return webauthn.get(options);
}

function tell(form, error) {
  const place = form.querySelector("[data-passkey-error]");
  const stopped = error.name === "NotAllowedError" || error.name === "AbortError";
  place.textContent = stopped ? "No passkey was used. Try again, or take another way." : error.message;
  place.hidden = false;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!webauthn?.supported()) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      form.elements.credential.value = JSON.stringify(await answer(form));
      form.submit();
    } catch (error) {
      tell(form, error);
    }
  });
}
