import { expect, it } from 'vitest';
import { countsAfter, type NetworkCounts, totalOf } from '../../../src/collectors/docker/network-counts.ts';

const traffic = (receiveBytes: number, transmitBytes: number) => ({ receiveBytes, transmitBytes });

function totalAfter(...readings: Parameters<typeof countsAfter>[1][]) {
  return totalOf(readings.reduce<NetworkCounts | undefined>(countsAfter, undefined));
}

it('is not known of a container that never had an interface', () => {
  expect(totalOf(undefined)).toBeUndefined();
  expect(totalAfter({}, {})).toBeUndefined();
});

it('is the sum over all interfaces', () => {
  expect(totalAfter({ eth0: traffic(1, 2), eth1: traffic(10, 20) })).toEqual(traffic(11, 22));
});

it('keeps what was moved over interfaces that are gone', () => {
  expect(totalAfter({ eth0: traffic(1, 2), eth1: traffic(10, 20) }, { eth1: traffic(11, 21) })).toEqual(
    traffic(12, 23),
  );
  expect(totalAfter({ eth0: traffic(1, 2) }, {})).toEqual(traffic(1, 2));
});

it('keeps what was moved over an interface that another has replaced', () => {
  expect(totalAfter({ eth0: traffic(100, 200) }, { eth0: traffic(5, 200) }, { eth0: traffic(1, 1) })).toEqual(
    traffic(106, 401),
  );
});

it('counts nothing twice when an interface was left out of one reading', () => {
  expect(totalAfter({ eth0: traffic(100, 200) }, {}, { eth0: traffic(101, 200) })).toEqual(traffic(101, 200));
});
