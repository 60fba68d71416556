// All three programs tell the same version, and package.json is its one source; a bundle carries it inside.

import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
