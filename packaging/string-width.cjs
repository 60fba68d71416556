// Stands in for every import of string-width in a bundle. The real one makes an ICU segmenter as soon as it is loaded, which alone takes as
// long as a third of a whole bare Node; and nearly all that is ever measured is printable ASCII, one column a character.

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
let exact;

module.exports = (text, options) => {
  if (typeof text === 'string' && PRINTABLE_ASCII.test(text)) return text.length;
  exact ??= require('string-width').default;
  return exact(text, options);
};
