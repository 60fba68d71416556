// The published types of sd-notify are wrong about sendState, and the package is optional, so these stand in for both.

declare module 'sd-notify' {
  const addon: {
    /** Sends lines of VARIABLE=value, joined by newlines, as sd_notify(3) takes them. */
    sendState(state: string): void;
  };
  export default addon;
}
