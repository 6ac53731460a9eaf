export function recordingLogger() {
  const lines = [];
  const record = (level) => (message) => {
    lines.push(`${level}: ${message}`);
  };
  return {
    lines,
    error: record('error'),
    warn: record('warn'),
    info: record('info'),
    debug: record('debug'),
  };
}
