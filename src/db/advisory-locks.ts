/** Any numbers will do that no other program uses for its advisory locks. */

/** Held by the one process that maintains the database, as long as its connection lives. */
export const leaderLock = 7_208_112_960_342;

/** Shared by every transaction that stores rows, from its last rows on; alone by the one that moves the time before which rows are late. */
export const storingLock = 7_208_112_960_343;
