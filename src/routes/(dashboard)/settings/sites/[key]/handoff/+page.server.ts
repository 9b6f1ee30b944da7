import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ time_zones: Intl.supportedValuesOf('timeZone') });
