export { getUser } from './get';
export { listUsers } from './list';
