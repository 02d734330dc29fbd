/** The tokens and the timer of the server that is attacked. */
export const TOKEN = 'control-0123456789'
export const READ_TOKEN = 'read-0123456789-ab'
export const TIMER = 'metronome.swing'
