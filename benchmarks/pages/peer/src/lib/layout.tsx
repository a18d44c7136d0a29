import { Placeholder, SitecoreContext, type LayoutServiceData } from '@sitecore-jss/sitecore-jss-nextjs';
import { componentFactory } from './components';

export const pageTitle = (data: LayoutServiceData): string =>
  String((data.sitecore.route?.fields?.pageTitle as any)?.value ?? '');

/** All of the page below its head, for Next and for the plain server. */
export const Layout = ({ layoutData }: { layoutData: LayoutServiceData }) => (
  <SitecoreContext componentFactory={componentFactory} layoutData={layoutData}>
    <main>
      {layoutData.sitecore.route && (
        <Placeholder name="jss-main" rendering={layoutData.sitecore.route} />
      )}
    </main>
  </SitecoreContext>
);
