// For the plain server: JSS's React package in the place of the one for Next.
export {
  DateField,
  File,
  Image,
  Link,
  Placeholder,
  RichText,
  SitecoreContext,
  Text,
} from '@sitecore-jss/sitecore-jss-react';
