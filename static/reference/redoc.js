"use strict";

window.Redoc.init("/v1/schema", { hideDownloadButton: false }, document.getElementById("reader"));
