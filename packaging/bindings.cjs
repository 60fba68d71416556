// Stands in for the package `bindings` in a bundle: the one native addon there is lies beside it.

module.exports = () => require('./notify.node');
