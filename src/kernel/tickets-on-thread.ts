/** The most tickets that a thread is handed at a time, the one in progress included. A pool has records for so many. */
export const MOST_TICKETS_ON_THREAD = 21
