/** The environment variable by which `escapement run --watch` tells its process that it is watched. */
export const WATCHED = 'ESCAPEMENT_WATCHED'
