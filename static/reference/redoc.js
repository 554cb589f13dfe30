"use strict";

// Redoc shows its maker's logo, from its maker's host. Nothing of this page comes from elsewhere: an image that is not
// ours is given up as if it could not be loaded. React writes its address twice, as an attribute and as a property.
const image = HTMLImageElement.prototype;
const { set: setSource } = Object.getOwnPropertyDescriptor(image, "src");
const isForeign = (address) => /^(https?:)?\/\//.test(address) && !address.startsWith(`${location.origin}/`);

Object.defineProperty(image, "src", {
  set(address) {
    if (isForeign(address)) {
      this.dispatchEvent(new Event("error"));
    } else {
      setSource.call(this, address);
    }
  },
});
image.setAttribute = function (name, value) {
  if (name !== "src" || !isForeign(value)) {
    Element.prototype.setAttribute.call(this, name, value);
  }
};

window.Redoc.init("/v1/schema", {}, document.getElementById("reader"));
