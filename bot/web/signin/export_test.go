package signin

// Encode is encode, for the tests.
var Encode = encode
