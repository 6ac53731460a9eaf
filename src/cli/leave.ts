/** Work that holds a thread for as long as the system likes: looking up a name, or reading from a disk. */
const holdsThread = /^(GetAddrInfo|GetNameInfo|FSReq)/;

/** How long a process may go on by itself once all is done. */
const lingerMs = 200;

/**
 * Ends the process now. Node's own exit waits for its threads, and with them for a name server or a disk that does not answer, for longer
 * than a container is given to stop; another program in the place of this one takes no thread along.
 */
export function leave(code: number): never {
  if (
    process.execve !== undefined &&
    process.getActiveResourcesInfo().some((name) => holdsThread.test(name))
  ) {
    // Node warns whoever calls it that it is new.
    process.removeAllListeners('warning');
    process.execve(process.execPath, [process.execPath, '--eval', `process.exit(${code})`], {});
  }
  process.exit(code);
}

/** Ends the process, once what it wrote has gone out, though something that nobody waits for may still be under way. */
export function leaveSoon(): void {
  process.stdout.write('', () => {
    setTimeout(() => leave(Number(process.exitCode ?? 0)), lingerMs).unref();
  });
}
