export { registerDevice, removeDevice, sendTestNotification } from './devices.ts';
export { getNotifications, updateNotificationSettings } from './settings.ts';
