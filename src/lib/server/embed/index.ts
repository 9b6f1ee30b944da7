export { encode } from './encode';
export { getDemoPage } from './get-demo-page';
export { getWidgetFrame, type FramePage } from './get-widget-frame';
export { findWidgetFile } from './widget-files';
export { wordpressPlugin } from './wordpress-plugin';
