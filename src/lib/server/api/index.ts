export { createApi, type DashboardApi } from './create-api.ts';
