export { scripted } from './scripted';
