import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { succeed } from './program.ts';

/** Paths of PEM files: who signed, what was signed, and its key. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Request {
  /** Of the files, without their endings: what is issued by the same one anew takes their place. */
  readonly file: string;
  /** Such as `DNS:engine.example,IP:127.0.0.1`. */
  readonly names: string;
  /** True for one that was valid in the year 2020 only. */
  readonly expired?: boolean;
}

/** Signs certificates for servers and clients. */
export interface Authority {
  issue(request: Request): Promise<Certificates>;
}

const config = `
[ca]
default_ca = authority
[authority]
dir = .
new_certs_dir = .
database = index.txt
serial = serial
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[request]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[leaf]
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = \${ENV::NAMES}
`;

/** An authority that keeps all in a folder of that name, and gives out its certificates there. */
export async function makeAuthority(parent: string, name: string): Promise<Authority> {
  const folder = join(parent, name);
  await mkdir(folder);
  await writeFile(join(folder, 'config'), config);
  await writeFile(join(folder, 'index.txt'), '');
  const openssl = (args: readonly string[], names = '') =>
    succeed({ command: 'openssl', args, cwd: folder, env: { ...process.env, NAMES: names } });
  const newKey = (file: string) =>
    openssl(['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', file]);
  const request = ['req', '-new', '-config', 'config', '-subj', `/CN=${name}`];
  await newKey('ca.key');
  await openssl(
    [...request, '-x509', '-key', 'ca.key', '-days', '2', '-extensions', 'root', '-out', 'ca.pem'],
    'DNS:unused',
  );
  return {
    issue: async ({ file, names, expired = false }) => {
      const [cert, key, csr] = [`${file}.pem`, `${file}.key`, `${file}.csr`];
      await newKey(key);
      await openssl([...request, '-key', key, '-out', csr], names);
      const dates = expired
        ? ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z']
        : ['-days', '1'];
      await openssl(
        [
          ...['ca', '-batch', '-notext', '-config', 'config', '-cert', 'ca.pem', '-keyfile', 'ca.key'],
          ...['-extensions', 'leaf', '-in', csr, '-out', cert, ...dates],
        ],
        names,
      );
      return { ca: join(folder, 'ca.pem'), cert: join(folder, cert), key: join(folder, key) };
    },
  };
}
