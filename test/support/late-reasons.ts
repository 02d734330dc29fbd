/** Why a busy machine may skip ticks: it brings them late, or their runs end late. All other reasons say that something is wrong. */
export const LATE_REASONS = ['running', 'missed', 'saturated']
