import { serverOfEnvironment } from '../../support/given-databases.ts';
import { openPostgres, openTimescale } from './databases.ts';
import { historyCases } from './history-cases.ts';
import { randomRows } from './random-rows.ts';

const timescale = { name: 'TimescaleDB', runs: 10, open: openTimescale };
const databases =
  serverOfEnvironment()?.extension === undefined
    ? [{ name: 'PostgreSQL', runs: 25, open: () => openPostgres() }, timescale]
    : [timescale];

historyCases(databases);
randomRows(databases);
