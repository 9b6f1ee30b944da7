export { registerDevice, removeDevice, sendTestNotification } from './devices.ts';
export { findWeeklyReport, stopWeeklyReport } from './weekly-reports.ts';
export { getNotifications, updateNotificationSettings } from './settings.ts';
