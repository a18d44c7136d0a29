// The app at its best: what a reverse proxy does, or costs without being asked for, is off.
module.exports = {
  poweredByHeader: false,
  compress: false,
  generateEtags: false,
  reactStrictMode: false,
};
