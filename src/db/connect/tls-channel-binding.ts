import { Client, type ClientConfig } from 'pg';
import { z } from 'zod';

const mechanisms = z.object({ mechanisms: z.array(z.string()) });

const unproven =
  'the server does not prove by channel binding who it is, which channel_binding=require in the address asks for: ' +
  'the role needs a password of SCRAM-SHA-256, and nothing between here and the server may end TLS';

/**
 * A connection that is made only where the server proves, by a password that both know, that it is the one at the other end of
 * the TLS connection. `pg` itself would do with less when the server offers less.
 */
export class BoundClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    let proven = false;
    const refuse = (): void => {
      if (proven) return;
      // What follows in the same packet must not count as a connection.
      this.connection.removeAllListeners('readyForQuery');
      this.connection.emit('error', new Error(unproven));
      this.connection.stream.destroy();
    };
    // Before the listeners of `pg`, so that nothing is sent.
    this.connection.prependListener('authenticationSASL', (message: unknown) => {
      proven = mechanisms.parse(message).mechanisms.includes('SCRAM-SHA-256-PLUS');
      refuse();
    });
    for (const name of ['authenticationCleartextPassword', 'authenticationMD5Password', 'authenticationOk'])
      this.connection.prependListener(name, refuse);
  }
}
