export { audit, type Act } from './audit';
export { presentEntry } from './present';
