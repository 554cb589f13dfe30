"use strict";

const CSRF = /(?:^|; )csrftoken=([^;]*)/;

window.SwaggerUIBundle({
  url: "/v1/schema",
  dom_id: "#reader",
  deepLinking: true,
  displayRequestDuration: true,
  // Somebody who has logged in tries things out with their session, which needs this on writes.
  requestInterceptor(request) {
    const found = CSRF.exec(document.cookie);
    if (found && new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRFToken"] = found[1];
    }
    return request;
  },
});
